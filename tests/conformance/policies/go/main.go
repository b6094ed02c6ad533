// Judges the policies that we render for Kyverno with the CEL environment of Kubernetes, which Kyverno's is made of.
//
//	policies CASES POLICIES...
//
// CASES holds objects that every policy lets pass, and changes of them with the policies that have to refuse the result.
package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
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
			ObjectSelector struct{ MatchExpressions []selector }
			ResourceRules  []struct{ Resources []string }
		}
		Variables   []struct{ Name, Expression string }
		Validations []struct{ Expression, Message string }
	}
}

type selector struct{ Key, Operator string }

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

// concerns says whether the policy is asked about an object at all.
func (p policy) concerns(resource string, object map[string]any) bool {
	metadata, _ := object["metadata"].(map[string]any)
	labels, _ := metadata["labels"].(map[string]any)
	for _, expression := range p.Spec.MatchConstraints.ObjectSelector.MatchExpressions {
		if _, found := labels[expression.Key]; expression.Operator != "DoesNotExist" || found {
			return false
		}
	}
	for _, rule := range p.Spec.MatchConstraints.ResourceRules {
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

func load(env *cel.Env, path string) ([]compiled, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var policies []compiled
	for _, document := range bytes.Split(text, []byte("\n---\n")) {
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

func judge(out io.Writer, arguments []string) error {
	base, err := environment.MustBaseEnvSet(version.MajorMinor(1, 34), true).Env(environment.StoredExpressions)
	if err != nil {
		return err
	}
	env, err := base.Extend(cel.Variable("object", cel.DynType), cel.Variable("variables", cel.MapType(cel.StringType, cel.DynType)))
	if err != nil {
		return err
	}
	if len(arguments) < 2 {
		return errors.New("policies: needs cases and at least one file of policies")
	}
	text, err := os.ReadFile(arguments[0])
	if err != nil {
		return err
	}
	var all cases
	if err := yaml.UnmarshalStrict(text, &all); err != nil {
		return err
	}
	asked, wrong, refusals := 0, 0, map[string]int{}
	var names []string
	for _, path := range arguments[1:] {
		policies, err := load(env, path)
		if err != nil {
			return err
		}
		ask := func(resource string, object map[string]any, what string, expected []string) error {
			refused := []string{}
			for _, policy := range policies {
				if !policy.concerns(resource, object) {
					continue
				}
				refuses, err := policy.refuses(object)
				if err != nil {
					return fmt.Errorf("%s: %w", what, err)
				}
				if refuses {
					refused = append(refused, policy.Metadata.Name)
					refusals[policy.Metadata.Name]++
				}
			}
			asked++
			if !slices.Equal(refused, expected) {
				wrong++
				fmt.Fprintf(out, "policies: %s: %s is refused by %v instead of %v\n", path, what, refused, expected)
			}
			return nil
		}
		for _, policy := range policies {
			names = append(names, policy.Metadata.Name)
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
	}
	for _, name := range names {
		if refusals[name] == 0 {
			wrong++
			fmt.Fprintf(out, "policies: %s refuses nothing: the cases lack it\n", name)
		}
	}
	fmt.Fprintf(out, "policies: %d policies, %d answers, %d wrong\n", len(names), asked, wrong)
	if wrong > 0 {
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
