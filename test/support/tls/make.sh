#!/usr/bin/env bash
# Made these certificates: an authority, two servers of it (the second to change to), a client of it, and a client that
# nobody knows. They are good for a hundred years, and for tests alone.
set -euo pipefail
cd "$(dirname "$0")"
authority() {
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 36500 -keyout "$1-key.pem" -out "$1.pem" \
    -subj "/CN=Waypost test $1"
}
signed() {
  openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$1-key.pem" -subj "/CN=$1" |
    openssl x509 -req -days 36500 -CA ca.pem -CAkey ca-key.pem -out "$1.pem" \
      -extfile <(echo 'subjectAltName=DNS:localhost,IP:127.0.0.1')
}
authority ca
authority stranger
signed server
signed next-server
signed client
rm ca-key.pem
