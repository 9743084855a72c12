// A database for Trivy with a few vulnerabilities, because the real one cannot be downloaded in a test.
// Usage: database FOLDER < vulnerabilities.json, where the input is a list of {id, severity, package, fixedIn} about packages of Python.
package main

import (
	"encoding/json"
	"log"
	"os"
	"path/filepath"
	"time"

	"go.etcd.io/bbolt"
)

// Advisories about packages of Python are in buckets with this prefix.
const source = "pip::test"

type vulnerability struct{ ID, Severity, Package, FixedIn string }

func main() {
	var list []vulnerability
	must(json.NewDecoder(os.Stdin).Decode(&list))
	folder := os.Args[1]
	must(os.MkdirAll(folder, 0o755))
	database, err := bbolt.Open(filepath.Join(folder, "trivy.db"), 0o600, nil)
	must(err)
	must(database.Update(func(tx *bbolt.Tx) error {
		for _, each := range list {
			put(tx, advisory(each), each.ID, source, each.Package)
			put(tx, map[string]string{"Title": "a test", "Severity": each.Severity}, each.ID, "vulnerability")
		}
		return nil
	}))
	must(database.Close())
	now := time.Now().UTC()
	metadata, err := json.Marshal(map[string]any{"Version": 2, "UpdatedAt": now, "NextUpdate": now.AddDate(1, 0, 0), "DownloadedAt": now})
	must(err)
	must(os.WriteFile(filepath.Join(folder, "metadata.json"), metadata, 0o600))
}

// advisory has all versions as vulnerable that are below the fixed one, or all if there is none.
func advisory(each vulnerability) map[string][]string {
	if each.FixedIn == "" {
		return map[string][]string{"VulnerableVersions": {">=0"}}
	}
	return map[string][]string{"VulnerableVersions": {"<" + each.FixedIn}, "PatchedVersions": {each.FixedIn}}
}

// put stores a value as JSON under the key, in nested buckets.
func put(tx *bbolt.Tx, value any, key string, buckets ...string) {
	bucket, err := tx.CreateBucketIfNotExists([]byte(buckets[0]))
	must(err)
	for _, name := range buckets[1:] {
		bucket, err = bucket.CreateBucketIfNotExists([]byte(name))
		must(err)
	}
	text, err := json.Marshal(value)
	must(err)
	must(bucket.Put([]byte(key), text))
}

func must(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
