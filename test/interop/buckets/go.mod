module example.com/buckets

go 1.25.0

require github.com/twmb/murmur3 v1.1.8
