// Runs the machine's runc. A machine without CAP_SYS_RESOURCE cannot give it to a container, and runc refuses one that asks for it ("unable to
// apply caps"). BuildKit and privileged containers always ask, so on such a machine the capability is left out.
package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"syscall"
)

const (
	runc       = "/usr/sbin/runc"
	capability = "CAP_SYS_RESOURCE"
	bit        = 24 // of the masks in /proc/self/status
)

var bounding = regexp.MustCompile(`CapBnd:\s+([0-9a-f]+)`)

func main() {
	has, err := isAvailable()
	check(err)
	for i, argument := range os.Args {
		if argument == "--bundle" && !has {
			check(edit(filepath.Join(os.Args[i+1], "config.json"), func(spec map[string]any) { leaveOut(spec["process"]) }))
		}
		if argument == "--process" && !has {
			check(edit(os.Args[i+1], func(process map[string]any) { leaveOut(process) }))
		}
	}
	check(syscall.Exec(runc, append([]string{runc}, os.Args[1:]...), os.Environ()))
}

func isAvailable() (bool, error) {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return false, err
	}
	mask, err := strconv.ParseUint(string(bounding.FindSubmatch(status)[1]), 16, 64)
	return mask&(1<<bit) != 0, err
}

func edit(file string, change func(map[string]any)) error {
	text, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	var content map[string]any
	if err := json.Unmarshal(text, &content); err != nil {
		return err
	}
	change(content)
	text, err = json.Marshal(content)
	if err != nil {
		return err
	}
	return os.WriteFile(file, text, 0o644)
}

func leaveOut(process any) {
	fields, _ := process.(map[string]any)
	capabilities, _ := fields["capabilities"].(map[string]any)
	for set, names := range capabilities {
		list, _ := names.([]any)
		capabilities[set] = slices.DeleteFunc(list, func(name any) bool { return name == capability })
	}
}

func check(err error) {
	if err != nil {
		os.Stderr.WriteString("runc: " + err.Error() + "\n")
		os.Exit(1)
	}
}
