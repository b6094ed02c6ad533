// Reads the YAML of each record with the library that kubectl and Argo CD use, and with the one that kustomize builds on,
// and compares it with the expected data.
package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"reflect"
	"strconv"

	yaml3 "go.yaml.in/yaml/v3"
	"sigs.k8s.io/yaml"
)

type record struct {
	YAML     string `json:"yaml"`
	Expected any    `json:"expected"`
}

// readers are the libraries, each with what it makes of a text.
var readers = []struct {
	name string
	read func(text string) (any, error)
}{
	{"sigs.k8s.io/yaml", readKubernetes},
	{"go.yaml.in/yaml/v3", readVersion3},
}

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: yaml-referee RECORDS")
		os.Exit(2)
	}
	count, wrong, err := judge(os.Args[1])
	if err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(2)
	}
	status := 0
	for at, reader := range readers {
		fmt.Printf("%s: %d records, %d wrong\n", reader.name, count, wrong[at])
		if wrong[at] > 0 || count == 0 {
			status = 1
		}
	}
	os.Exit(status)
}

func judge(path string) (count int, wrong []int, err error) {
	wrong = make([]int, len(readers))
	file, err := os.Open(path)
	if err != nil {
		return 0, wrong, err
	}
	defer file.Close()
	// Numbers stay text, or large integers would be compared as rounded floats.
	records := json.NewDecoder(bufio.NewReader(file))
	records.UseNumber()
	for {
		var current record
		if err := records.Decode(&current); errors.Is(err, io.EOF) {
			return count, wrong, nil
		} else if err != nil {
			return count, wrong, err
		}
		count++
		for at, reader := range readers {
			found, err := reader.read(current.YAML)
			if err == nil && reflect.DeepEqual(normal(current.Expected), normal(found)) {
				continue
			}
			if wrong[at]++; wrong[at] <= 10 {
				fmt.Printf("%s: %v, %.300v\n--- yaml\n%.600s\n--- expected\n%.600v\n", reader.name, err, found, current.YAML, current.Expected)
			}
		}
	}
}

func readKubernetes(text string) (found any, err error) {
	// Strict: a key that comes twice is an error.
	document, err := yaml.YAMLToJSONStrict([]byte(text))
	if err != nil {
		return nil, err
	}
	decoder := json.NewDecoder(bytes.NewReader(document))
	decoder.UseNumber()
	err = decoder.Decode(&found)
	return found, err
}

func readVersion3(text string) (found any, err error) {
	err = yaml3.Unmarshal([]byte(text), &found)
	return found, err
}

// normal brings numbers to one form: integers as they are, everything else by its value as a float.
func normal(value any) any {
	switch value := value.(type) {
	case json.Number:
		if integer, err := strconv.ParseInt(value.String(), 10, 64); err == nil {
			return integer
		}
		if integer, err := strconv.ParseUint(value.String(), 10, 64); err == nil {
			return integer
		}
		float, err := value.Float64()
		if err != nil {
			return value.String()
		}
		return normal(float)
	case int:
		return int64(value)
	case float64:
		// JSON has one kind of number, so Go prints 1000.0 as 1000.
		if value >= -1<<63 && value < 1<<63 && value == float64(int64(value)) {
			return int64(value)
		}
		return value
	case []any:
		items := make([]any, len(value))
		for at, item := range value {
			items[at] = normal(item)
		}
		return items
	case map[string]any:
		entries := make(map[string]any, len(value))
		for key, item := range value {
			entries[key] = normal(item)
		}
		return entries
	default:
		return value
	}
}
