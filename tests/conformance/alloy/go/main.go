// Reads the configuration in each file of Helm values for Alloy with the parser of Alloy itself.
package main

import (
	"fmt"
	"os"

	"github.com/grafana/alloy/syntax/ast"
	"github.com/grafana/alloy/syntax/parser"
	"sigs.k8s.io/yaml"
)

type values struct {
	Alloy struct {
		ConfigMap struct{ Content string }
	}
}

// blocks is how many components the configuration in a file of values has.
func blocks(path string) (int, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return 0, err
	}
	var read values
	if err := yaml.Unmarshal(text, &read); err != nil {
		return 0, err
	}
	file, err := parser.ParseFile(path, []byte(read.Alloy.ConfigMap.Content))
	if err != nil {
		return 0, err
	}
	count := 0
	for _, statement := range file.Body {
		if _, is := statement.(*ast.BlockStmt); is {
			count++
		}
	}
	return count, nil
}

func main() {
	// A referee that lets everything pass is worth nothing.
	if _, err := parser.ParseFile("broken", []byte("loki.write \"x\" {")); err == nil {
		fmt.Fprintln(os.Stderr, "alloy: takes a block without an end")
		os.Exit(2)
	}
	wrong := 0
	for _, path := range os.Args[1:] {
		count, err := blocks(path)
		if err == nil && count == 0 {
			err = fmt.Errorf("%s: no configuration", path)
		}
		if err != nil {
			wrong++
			fmt.Println("alloy:", err)
		}
	}
	fmt.Printf("alloy: %d configurations, %d wrong\n", len(os.Args)-1, wrong)
	if wrong > 0 {
		os.Exit(1)
	}
}
