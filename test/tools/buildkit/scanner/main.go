// A scanner of SBOMs by BuildKit's protocol (docs/attestations/sbom-protocol.md of github.com/moby/buildkit): it lists the Go programs of each
// file system, with the version of each module in them, as SPDX 2.3 inside of an in-toto statement.
package main

import (
	"debug/buildinfo"
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
)

type object map[string]any

func main() {
	source := os.Getenv("BUILDKIT_SCAN_SOURCE")
	check(scan(source))
	extras := os.Getenv("BUILDKIT_SCAN_SOURCE_EXTRAS")
	entries, _ := os.ReadDir(extras)
	for _, entry := range entries {
		check(scan(filepath.Join(extras, entry.Name())))
	}
}

func scan(root string) error {
	name := filepath.Base(root)
	packages := []object{}
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.Type().IsRegular() {
			return err
		}
		info, err := buildinfo.ReadFile(path)
		if err != nil { // not a Go program
			return nil
		}
		packages = append(packages, spdxPackage(len(packages), info.Main.Path, info.Main.Version))
		for _, module := range info.Deps {
			packages = append(packages, spdxPackage(len(packages), module.Path, module.Version))
		}
		return nil
	})
	if err != nil {
		return err
	}
	text, err := json.Marshal(object{
		"_type":         "https://in-toto.io/Statement/v0.1",
		"predicateType": "https://spdx.dev/Document",
		"predicate": object{
			"spdxVersion":       "SPDX-2.3",
			"SPDXID":            "SPDXRef-DOCUMENT",
			"dataLicense":       "CC0-1.0",
			"name":              name,
			"documentNamespace": "https://example.com/" + name,
			"creationInfo":      object{"created": "1970-01-01T00:00:00Z", "creators": []string{"Tool: go-programs"}},
			"packages":          packages,
		},
	})
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(os.Getenv("BUILDKIT_SCAN_DESTINATION"), name+".spdx.json"), text, 0o644)
}

func spdxPackage(index int, name, version string) object {
	return object{
		"SPDXID":           "SPDXRef-Package-" + strconv.Itoa(index),
		"name":             name,
		"versionInfo":      version,
		"downloadLocation": "NOASSERTION",
	}
}

func check(err error) {
	if err != nil {
		os.Stderr.WriteString("scanner: " + err.Error() + "\n")
		os.Exit(1)
	}
}
