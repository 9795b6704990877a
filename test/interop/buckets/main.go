// Prints the hash and the bucket of each targeting key, as docs/clients.md defines them, with twmb/murmur3.
//
// Each line of the input is a JSON array with the salt of a rollout and a targeting key.
package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"os"

	"github.com/twmb/murmur3"
)

func main() {
	input := json.NewDecoder(os.Stdin)
	for {
		var line [2]string
		err := input.Decode(&line)
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil {
			log.Fatal(err)
		}
		hashed := murmur3.StringSum32(line[0] + ":" + line[1])
		fmt.Println(hashed, uint64(hashed)*100_000>>32)
	}
}
