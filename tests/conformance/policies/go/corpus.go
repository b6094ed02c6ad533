package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/google/cel-go/cel"
	"sigs.k8s.io/yaml"
)

// document is one of a case, with the codes that are expected of it.
type document struct {
	name     string
	object   map[string]any
	space    map[string]any
	expected []string
	// What the values of the case ask for, beyond what every environment does.
	asks string
}

// Only some environments ask for these, so only the cases that do say something about them.
var optional = []string{"image-digest", "staging-issuer"}

// By API version and kind: the resource as policies name it.
var resources = map[string]string{
	"v1 Pod": "pods", "v1 Service": "services", "networking.k8s.io/v1 Ingress": "ingresses",
	"gateway.networking.k8s.io/v1 HTTPRoute": "httproutes", "gateway.networking.k8s.io/v1 Gateway": "gateways",
	"rbac.authorization.k8s.io/v1 Role": "roles", "rbac.authorization.k8s.io/v1 RoleBinding": "rolebindings",
	"cert-manager.io/v1 Certificate": "certificates",
	"apps/v1 Deployment":             "deployments", "apps/v1 StatefulSet": "statefulsets", "apps/v1 DaemonSet": "daemonsets",
	"batch/v1 Job": "jobs", "batch/v1 CronJob": "cronjobs",
}

// By kind: where its pod is.
var pods = map[string][]string{
	"Deployment": {"spec", "template"}, "StatefulSet": {"spec", "template"}, "DaemonSet": {"spec", "template"},
	"Job": {"spec", "template"}, "CronJob": {"spec", "jobTemplate", "spec", "template"},
}

func readCorpus(folder string) ([]document, error) {
	paths, err := filepath.Glob(filepath.Join(folder, "*", "*.yaml"))
	if err != nil {
		return nil, err
	}
	if len(paths) == 0 {
		return nil, errors.New("policies: no corpus in " + folder)
	}
	var all []document
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			return nil, err
		}
		found, err := readCase(strings.TrimPrefix(path, folder+"/"), string(text))
		if err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		all = append(all, found...)
	}
	return all, nil
}

func readCase(name, text string) ([]document, error) {
	expected := map[int][]string{}
	asks := ""
	for _, line := range strings.Split(text, "\n") {
		if rest, is := strings.CutPrefix(line, "# expect: "); is {
			for _, one := range strings.Split(rest, ", ") {
				code, at, _ := strings.Cut(one, " at ")
				number, err := strconv.Atoi(at)
				if err != nil {
					return nil, err
				}
				expected[number] = append(expected[number], code)
			}
		}
		if rest, is := strings.CutPrefix(line, "# set: "); is {
			asks += rest + " "
		}
	}
	// A kustomization is glue: what it patches is not what is applied. And some cases say why no cluster finds them.
	if strings.Contains(text, "\n# not in a cluster: ") || strings.Contains(text, "\nkind: Kustomization\n") {
		return nil, nil
	}
	var found []document
	spaces := map[string]map[string]any{}
	first := 1
	for _, part := range strings.Split(text, "\n---\n") {
		last := first + strings.Count(part, "\n")
		one := document{name: name, asks: asks, expected: []string{}}
		if err := yaml.Unmarshal([]byte(part), &one.object); err != nil {
			return nil, err
		}
		for line, codes := range expected {
			if first <= line && line <= last {
				one.expected = append(one.expected, codes...)
			}
		}
		slices.Sort(one.expected)
		one.expected = slices.Compact(one.expected)
		metadata, _ := one.object["metadata"].(map[string]any)
		if one.object["kind"] == "Namespace" {
			labels, _ := metadata["labels"].(map[string]any)
			spaces[metadata["name"].(string)] = labels
		}
		namespace, _ := metadata["namespace"].(string)
		one.space = map[string]any{"kubernetes.io/metadata.name": namespace}
		found = append(found, one)
		first = last + 2
	}
	for i := range found {
		for key, value := range spaces[found[i].space["kubernetes.io/metadata.name"].(string)] {
			found[i].space[key] = value
		}
	}
	return found, nil
}

// asPod is what Kyverno makes of a workload for a policy about pods.
func asPod(object map[string]any, path []string) (map[string]any, bool) {
	var node any = object
	for _, key := range path {
		inner, is := node.(map[string]any)
		if !is {
			return nil, false
		}
		node = inner[key]
	}
	template, is := node.(map[string]any)
	if !is {
		return nil, false
	}
	spec, has := template["spec"]
	metadata := map[string]any{}
	if own, is := template["metadata"].(map[string]any); is {
		metadata = own
	}
	return map[string]any{"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec}, has
}

// corpus asks whether the policies find in the documents of a corpus what `render check` finds.
func (t *tally) corpus(path string, policies []compiled, corpus []document) error {
	for _, one := range corpus {
		kind, _ := one.object["kind"].(string)
		resource, known := resources[fmt.Sprint(one.object["apiVersion"], " ", kind)]
		if !known {
			continue
		}
		found, err := refused(policies, resource, one.object, one.space)
		if err != nil {
			return fmt.Errorf("%s: %w", one.name, err)
		}
		concerned := func(code string) bool {
			named := func(p compiled) bool { return p.Metadata.Name == code }
			at := slices.IndexFunc(policies, named)
			if at < 0 {
				return false
			}
			by := policies[at]
			return by.concerns(resource, one.object, one.space) || pods[kind] != nil && by.concerns("pods", one.object, one.space)
		}
		if where, workload := pods[kind]; workload {
			pod, has := asPod(one.object, where)
			if has {
				more, err := refused(policies, "pods", pod, one.space)
				if err != nil {
					return fmt.Errorf("%s: %w", one.name, err)
				}
				found = append(found, more...)
			}
		}
		skipped := func(code string) bool {
			asked := strings.Contains(one.asks, "policies.production=true") || strings.Contains(one.asks, "policies.imageDigests=required")
			return slices.Contains(optional, code) && !asked
		}
		found = slices.DeleteFunc(found, skipped)
		expected := slices.DeleteFunc(slices.Clone(one.expected), func(code string) bool { return !concerned(code) })
		slices.Sort(found)
		slices.Sort(expected)
		t.compare(path, one.name+": "+kind, found, expected)
	}
	return nil
}

// compileExceptions sees that each exception is one from a policy that there is, with expressions that are some.
func compileExceptions(env *cel.Env, path string, names []string) (int, error) {
	text, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	all := documents(bytes.TrimSpace(text))
	for _, part := range all {
		var exception struct {
			Metadata struct{ Name string }
			Spec     struct {
				PolicyRefs      []struct{ Name, Kind string }
				MatchConditions []struct{ Name, Expression string }
			}
		}
		if err := yaml.Unmarshal(part, &exception); err != nil {
			return 0, err
		}
		for _, reference := range exception.Spec.PolicyRefs {
			if reference.Kind != "ValidatingPolicy" || !slices.Contains(names, reference.Name) {
				return 0, fmt.Errorf("%s: there is no policy %s", exception.Metadata.Name, reference.Name)
			}
		}
		if len(exception.Spec.MatchConditions) == 0 {
			return 0, fmt.Errorf("%s excepts everything", exception.Metadata.Name)
		}
		for _, condition := range exception.Spec.MatchConditions {
			if _, err := compile(env, condition.Expression); err != nil {
				return 0, fmt.Errorf("%s: %w", exception.Metadata.Name, err)
			}
		}
	}
	return len(all), nil
}
