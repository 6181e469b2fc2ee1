// Copyright: (c) 2026, the tcp-health maintainers
// GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

// The job of the benchmark "judged" in Go: connect, read until end of file, close; `sweep PORT CHECKS LIMIT`.
package main

import (
	"fmt"
	"io"
	"net"
	"os"
	"strconv"
	"sync"
	"time"
)

func main() {
	checks, _ := strconv.Atoi(os.Args[2])
	limit, _ := strconv.Atoi(os.Args[3])
	places := make(chan struct{}, limit)
	var group sync.WaitGroup
	for i := 0; i < checks; i++ {
		places <- struct{}{}
		group.Add(1)
		go func() {
			defer group.Done()
			defer func() { <-places }()
			connection, err := net.DialTimeout("tcp", "127.0.0.1:"+os.Args[1], 10*time.Second)
			if err != nil {
				fmt.Fprintln(os.Stderr, err)
				os.Exit(1)
			}
			if answer, _ := io.ReadAll(connection); len(answer) == 0 {
				os.Exit(1)
			}
			connection.Close()
		}()
	}
	group.Wait()
}
