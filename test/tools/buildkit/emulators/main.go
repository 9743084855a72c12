// Registers the emulator /qemu of its image for programs of another CPU in the kernel of this machine, as the image tonistiigi/binfmt does, by
// `--install arm64`. `--uninstall arm64` removes it. The kernel keeps the emulator open (flag F), so that it works in every container.
package main

import (
	"fmt"
	"os"
	"path/filepath"
	"syscall"
)

const (
	folder = "/proc/sys/fs/binfmt_misc"
	name   = "image-pipeline-test-arm64"
	magic  = `\x7fELF\x02\x01\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x02\x00\xb7\x00`
	mask   = `\xff\xff\xff\xff\xff\xff\xff\x00\xff\xff\xff\xff\xff\xff\xff\xff\xfe\xff\xff\xff`
)

func main() {
	if len(os.Args) != 3 || os.Args[2] != "arm64" {
		check(fmt.Errorf("unknown arguments %q", os.Args[1:]))
	}
	check(syscall.Mount("binfmt_misc", folder, "binfmt_misc", 0, ""))
	switch os.Args[1] {
	case "--install":
		check(os.WriteFile(filepath.Join(folder, "register"), []byte(":"+name+":M::"+magic+":"+mask+":/qemu:F"), 0o200))
	case "--uninstall":
		check(os.WriteFile(filepath.Join(folder, name), []byte("-1"), 0o200))
	}
}

func check(err error) {
	if err != nil {
		os.Stderr.WriteString("emulators: " + err.Error() + "\n")
		os.Exit(1)
	}
}
