// Package patch changes single values of a document.
package patch

import (
	"fmt"
	"slices"
	"strconv"
)

// Changed is a copy of an object with the value at a path, whose parts are keys and indexes.
func Changed(node any, path []string, value any) any {
	if len(path) == 0 {
		return value
	}
	if list, is := node.([]any); is {
		at, err := strconv.Atoi(path[0])
		if err != nil || at > len(list) {
			panic(fmt.Sprintf("no item %s in a list", path[0]))
		}
		list = slices.Clone(list)
		if at == len(list) {
			list = append(list, nil)
		}
		list[at] = Changed(list[at], path[1:], value)
		return list
	}
	copied := map[string]any{}
	if before, is := node.(map[string]any); is {
		for key, value := range before {
			copied[key] = value
		}
	}
	if len(path) == 1 && value == nil {
		delete(copied, path[0])
	} else {
		copied[path[0]] = Changed(copied[path[0]], path[1:], value)
	}
	return copied
}
