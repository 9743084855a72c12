// Prints the CPU that it was built for.
package main

import (
	"fmt"
	"runtime"
)

func main() { fmt.Println("this is", runtime.GOARCH) }
