// Judges the policies that we render for Kyverno with the CEL environment of Kubernetes, which Kyverno's is made of.
//
//	policies CASES CORPUS POLICIES...
//
// CASES holds objects that every policy lets pass, and changes of them with the policies that have to refuse the result.
// CORPUS is the folder of documents that `render check` is judged by: the policies have to say the same of them.
// Beside each file of POLICIES there may be exceptions.yaml, whose expressions have to compile.
package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/google/cel-go/cel"
	"k8s.io/apimachinery/pkg/util/version"
	"k8s.io/apiserver/pkg/cel/environment"
	"sigs.k8s.io/yaml"

	"policies-referee/patch"
)

type policy struct {
	Metadata struct{ Name string }
	Spec     struct {
		MatchConstraints struct {
			NamespaceSelector struct{ MatchExpressions []selector }
			ObjectSelector    struct{ MatchExpressions []selector }
			ResourceRules     []struct{ Resources []string }
		}
		Variables   []struct{ Name, Expression string }
		Validations []struct{ Expression, Message string }
	}
}

type selector struct {
	Key, Operator string
	Values        []string
}

// matches says whether all of expressions hold for labels.
func matches(expressions []selector, labels map[string]any) bool {
	for _, expression := range expressions {
		value, found := labels[expression.Key]
		text, _ := value.(string)
		holds := false
		switch expression.Operator {
		case "DoesNotExist":
			holds = !found
		case "NotIn":
			holds = !found || !slices.Contains(expression.Values, text)
		}
		if !holds {
			return false
		}
	}
	return true
}

type cases struct {
	// By resource, as policies name it.
	Objects map[string]map[string]any
	Changes []struct {
		Resource string
		// By path; null takes a key away.
		Set     map[string]any
		Refused []string
	}
}

// compiled is one policy, ready to be asked.
type compiled struct {
	policy
	variables, validations []cel.Program
}

func compile(env *cel.Env, text string) (cel.Program, error) {
	ast, issues := env.Compile(text)
	if issues != nil && issues.Err() != nil {
		return nil, issues.Err()
	}
	return env.Program(ast)
}

func (p policy) compile(env *cel.Env) (compiled, error) {
	result := compiled{policy: p}
	for _, variable := range p.Spec.Variables {
		program, err := compile(env, variable.Expression)
		if err != nil {
			return result, fmt.Errorf("%s: variable %s: %w", p.Metadata.Name, variable.Name, err)
		}
		result.variables = append(result.variables, program)
	}
	for _, validation := range p.Spec.Validations {
		program, err := compile(env, validation.Expression)
		if err != nil {
			return result, fmt.Errorf("%s: %w", p.Metadata.Name, err)
		}
		result.validations = append(result.validations, program)
	}
	if len(result.validations) == 0 {
		return result, fmt.Errorf("%s has no validations", p.Metadata.Name)
	}
	return result, nil
}

// concerns says whether the policy is asked about an object at all, which lives in a namespace with the labels of space.
func (p policy) concerns(resource string, object map[string]any, space map[string]any) bool {
	constraints := p.Spec.MatchConstraints
	metadata, _ := object["metadata"].(map[string]any)
	labels, _ := metadata["labels"].(map[string]any)
	if !matches(constraints.ObjectSelector.MatchExpressions, labels) || !matches(constraints.NamespaceSelector.MatchExpressions, space) {
		return false
	}
	for _, rule := range constraints.ResourceRules {
		if slices.Contains(rule.Resources, resource) {
			return true
		}
	}
	return false
}

func (c compiled) refuses(object map[string]any) (bool, error) {
	variables := map[string]any{}
	input := map[string]any{"object": object, "variables": variables}
	for i, program := range c.variables {
		value, _, err := program.Eval(input)
		if err != nil {
			return false, fmt.Errorf("%s: %w", c.Metadata.Name, err)
		}
		variables[c.Spec.Variables[i].Name] = value
	}
	for _, program := range c.validations {
		value, _, err := program.Eval(input)
		if err != nil {
			return false, fmt.Errorf("%s: %w", c.Metadata.Name, err)
		}
		if allowed, is := value.Value().(bool); !is || !allowed {
			return true, nil
		}
	}
	return false, nil
}

// documents splits a stream of YAML. Those that hold nothing are left out.
func documents(text []byte) [][]byte {
	var found [][]byte
	for _, document := range bytes.Split(text, []byte("\n---\n")) {
		var value any
		if yaml.Unmarshal(document, &value) != nil || value != nil {
			found = append(found, document)
		}
	}
	return found
}

func load(env *cel.Env, path string) ([]compiled, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var policies []compiled
	for _, document := range documents(text) {
		var p policy
		if err := yaml.Unmarshal(document, &p); err != nil {
			return nil, err
		}
		one, err := p.compile(env)
		if err != nil {
			return nil, err
		}
		policies = append(policies, one)
	}
	return policies, nil
}

// refused is what policies have against an object, by name.
func refused(policies []compiled, resource string, object, space map[string]any) ([]string, error) {
	names := []string{}
	for _, policy := range policies {
		if !policy.concerns(resource, object, space) {
			continue
		}
		refuses, err := policy.refuses(object)
		if err != nil {
			return nil, err
		}
		if refuses {
			names = append(names, policy.Metadata.Name)
		}
	}
	return names, nil
}

// tally counts what was asked, what was answered wrongly, and how often each policy refused.
type tally struct {
	out          io.Writer
	asked, wrong int
	refusals     map[string]int
}

func (t *tally) compare(path, what string, found, expected []string) {
	t.asked++
	for _, name := range found {
		t.refusals[name]++
	}
	if !slices.Equal(found, expected) {
		t.wrong++
		fmt.Fprintf(t.out, "policies: %s: %s is refused by %v instead of %v\n", path, what, found, expected)
	}
}

func (t *tally) changes(path string, policies []compiled, all cases) error {
	ask := func(resource string, object map[string]any, what string, expected []string) error {
		found, err := refused(policies, resource, object, nil)
		if err != nil {
			return fmt.Errorf("%s: %w", what, err)
		}
		t.compare(path, what, found, expected)
		return nil
	}
	for resource, object := range all.Objects {
		if err := ask(resource, object, "the sound one of "+resource, []string{}); err != nil {
			return err
		}
	}
	for _, change := range all.Changes {
		var object any = all.Objects[change.Resource]
		for path, value := range change.Set {
			object = patch.Changed(object, strings.Split(path, "/"), value)
		}
		if change.Refused == nil {
			change.Refused = []string{}
		}
		what := fmt.Sprintf("one of %s with %v", change.Resource, change.Set)
		if err := ask(change.Resource, object.(map[string]any), what, change.Refused); err != nil {
			return err
		}
	}
	return nil
}

func judge(out io.Writer, arguments []string) error {
	base, err := environment.MustBaseEnvSet(version.MajorMinor(1, 34), true).Env(environment.StoredExpressions)
	if err != nil {
		return err
	}
	env, err := base.Extend(cel.Variable("object", cel.DynType), cel.Variable("variables", cel.MapType(cel.StringType, cel.DynType)))
	if err != nil {
		return err
	}
	if len(arguments) < 3 {
		return errors.New("policies: needs cases, a corpus, and at least one file of policies")
	}
	text, err := os.ReadFile(arguments[0])
	if err != nil {
		return err
	}
	var all cases
	if err := yaml.UnmarshalStrict(text, &all); err != nil {
		return err
	}
	corpus, err := readCorpus(arguments[1])
	if err != nil {
		return err
	}
	answers := tally{out: out, refusals: map[string]int{}}
	var names []string
	exceptions := 0
	for _, path := range arguments[2:] {
		policies, err := load(env, path)
		if err != nil {
			return err
		}
		for _, policy := range policies {
			names = append(names, policy.Metadata.Name)
		}
		if err := answers.changes(path, policies, all); err != nil {
			return err
		}
		if err := answers.corpus(path, policies, corpus); err != nil {
			return err
		}
		count, err := compileExceptions(env, filepath.Join(filepath.Dir(path), "exceptions.yaml"), names)
		if err != nil {
			return err
		}
		exceptions += count
	}
	for _, name := range names {
		if answers.refusals[name] == 0 {
			answers.wrong++
			fmt.Fprintf(out, "policies: %s refuses nothing: the cases lack it\n", name)
		}
	}
	fmt.Fprintf(out, "policies: %d policies, %d exceptions, %d answers, %d wrong\n", len(names), exceptions, answers.asked, answers.wrong)
	if answers.wrong > 0 {
		return errors.New("policies: not what the cases say")
	}
	return nil
}

func main() {
	if err := judge(os.Stdout, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
