#!/usr/bin/env bash
# Made these certificates: an authority, two servers of it (the second to change to), a client of it, and a client that
# nobody knows. They are good for a hundred years, and for tests alone. Another one expired in 2020. The last two have signed
# themselves, and have subjects that must be escaped.
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
expired() {
  folder=$(mktemp -d)
  touch "$folder/index"
  echo 01 >"$folder/serial"
  openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$1-key.pem" -subj "/CN=$1" -out "$folder/request"
  printf '[ca]\ndefault_ca=a\n[a]\ndatabase=%s/index\nserial=%s/serial\npolicy=p\nx509_extensions=e\n[p]\ncommonName=supplied\n[e]\nsubjectAltName=IP:127.0.0.1\n' \
    "$folder" "$folder" >"$folder/config"
  openssl ca -batch -selfsign -keyfile "$1-key.pem" -in "$folder/request" -out "$1.pem" -notext -md sha256 \
    -outdir "$folder" -startdate 20200101000000Z -enddate 20200201000000Z -config "$folder/config"
}
self_signed() {
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 36500 -keyout "$1-key.pem" -out "$1.pem" \
    -multivalue-rdn -utf8 -subj "$2"
}
authority ca
authority stranger
signed server
signed next-server
signed client
expired expired
self_signed deployer '/C=GB/O=My Org, Inc./CN=Deployer, blue'
self_signed odd $'/DC=example/OU=R\\+D/CN=a\nCN=admin+UID=u1/O= "x"; <y>'
rm ca-key.pem odd-key.pem
