// A few keys in bbolt, a transaction each. Usage: bbolt_store make | use | show. The database is $STORE/store.db.
package main

import (
	"fmt"
	"os"

	bolt "github.com/coreos/bbolt"
)

func must(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func main() {
	store, err := bolt.Open(os.Getenv("STORE")+"/store.db", 0o644, nil)
	must(err)
	bucket := []byte("notes")
	if os.Args[1] == "show" {
		must(store.View(func(transaction *bolt.Tx) error {
			if transaction.Bucket(bucket) == nil {
				return nil
			}
			return transaction.Bucket(bucket).ForEach(func(key, value []byte) error {
				fmt.Println(string(key), string(value))
				return nil
			})
		}))
	} else {
		first, last := 0, 0
		if os.Args[1] == "use" {
			first, last = 1, 3
		}
		for number := first; number <= last; number++ {
			must(store.Update(func(transaction *bolt.Tx) error {
				notes, err := transaction.CreateBucketIfNotExists(bucket)
				must(err)
				return notes.Put([]byte(fmt.Sprintf("key%d", number)), []byte(fmt.Sprintf("value %d", number)))
			}))
			fmt.Println("stored", number)
		}
	}
	must(store.Close())
}
