// Sends events of GitHub to the EventListeners that we render, as Tekton Triggers would.
//
//	triggers CASES FOLDERS...
//
// Each of FOLDERS is the delivery of one application, and named after it. CASES holds one event of each kind, changes of
// them, and the applications of which a run starts then. What the interceptors would ask GitHub for stands in the case;
// that they check the signature is seen by the secret that they are given.
package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/google/cel-go/cel"
	"github.com/google/cel-go/ext"
	"sigs.k8s.io/yaml"

	"policies-referee/patch"
)

type param struct {
	Name  string
	Value any
}

type object struct {
	Kind     string
	Metadata struct{ Name string }
	Spec     struct {
		Triggers          []trigger
		Params            []param
		ResourceTemplates []json.RawMessage
	}
}

type trigger struct {
	Name         string
	Interceptors []struct {
		Ref    struct{ Name, Kind string }
		Params []param
	}
	Bindings []struct{ Ref string }
	Template struct{ Ref string }
}

type listener struct {
	application string
	triggers    []trigger
	// By name.
	bindings, templates map[string]object
}

type cases struct {
	// By what GitHub calls them.
	Events map[string]struct {
		Body     map[string]any
		Revision string
	}
	Cases []struct {
		Event string
		Set   map[string]any
		// What GitHub's API says of a pull request.
		Files  []string
		Starts []string
	}
}

func load(folder string) (listener, error) {
	result := listener{application: filepath.Base(filepath.Dir(folder)), bindings: map[string]object{}, templates: map[string]object{}}
	for _, name := range []string{"listener.yaml", "triggers.yaml"} {
		text, err := os.ReadFile(filepath.Join(folder, name))
		if err != nil {
			return result, err
		}
		for _, document := range bytes.Split(text, []byte("\n---\n")) {
			var one object
			if err := yaml.Unmarshal(document, &one); err != nil {
				return result, fmt.Errorf("%s: %w", name, err)
			}
			switch one.Kind {
			case "EventListener":
				result.triggers = one.Spec.Triggers
			case "TriggerBinding":
				result.bindings[one.Metadata.Name] = one
			case "TriggerTemplate":
				result.templates[one.Metadata.Name] = one
			}
		}
	}
	if len(result.triggers) == 0 {
		return result, fmt.Errorf("%s: no EventListener with triggers", folder)
	}
	return result, nil
}

func environment() (*cel.Env, error) {
	dynamic := cel.MapType(cel.StringType, cel.DynType)
	return cel.NewEnv(
		ext.Strings(), ext.Encoders(), ext.Sets(), ext.Lists(), ext.Math(),
		cel.Variable("body", dynamic), cel.Variable("header", dynamic), cel.Variable("extensions", dynamic),
		cel.Variable("requestURL", cel.StringType),
	)
}

// passes says whether an event gets through the interceptors of a trigger. A filter that can't answer refuses.
func passes(env *cel.Env, t trigger, event string, body map[string]any, files []string) (bool, error) {
	signed, filtered := false, false
	extensions := map[string]any{}
	for _, interceptor := range t.Interceptors {
		params := map[string]any{}
		for _, one := range interceptor.Params {
			params[one.Name] = one.Value
		}
		switch interceptor.Ref.Name {
		case "github":
			types, _ := params["eventTypes"].([]any)
			if !slices.Contains(types, any(event)) {
				return false, nil
			}
			secret, _ := params["secretRef"].(map[string]any)
			signed = secret["secretName"] != nil && secret["secretKey"] != nil
			if _, asked := params["addChangedFiles"]; asked {
				extensions["changed_files"] = strings.Join(files, ",")
			}
		case "cel":
			filter, _ := params["filter"].(string)
			ast, issues := env.Compile(filter)
			if issues != nil && issues.Err() != nil {
				return false, issues.Err()
			}
			program, err := env.Program(ast)
			if err != nil {
				return false, err
			}
			input := map[string]any{"body": body, "header": map[string]any{}, "extensions": extensions, "requestURL": ""}
			value, _, err := program.Eval(input)
			if err != nil || value.Value() != true {
				return false, nil
			}
			filtered = true
		default:
			return false, fmt.Errorf("the interceptor %s is not known here", interceptor.Ref.Name)
		}
	}
	if !signed || !filtered {
		return false, fmt.Errorf("the trigger %s lets events pass without signature or filter", t.Name)
	}
	return true, nil
}

var variable = regexp.MustCompile(`\$\(([^)]*)\)`)

// run is the text of what a trigger makes of an event.
func (l listener) run(t trigger, body map[string]any) (string, error) {
	values := map[string]string{}
	for _, binding := range t.Bindings {
		for _, one := range l.bindings[binding.Ref].Spec.Params {
			text, _ := one.Value.(string)
			path := variable.FindStringSubmatch(text)
			if path == nil {
				return "", fmt.Errorf("the parameter %s of the binding %s is %q", one.Name, binding.Ref, text)
			}
			var node any = map[string]any{"body": body}
			for _, key := range strings.Split(path[1], ".") {
				inner, _ := node.(map[string]any)
				node = inner[key]
			}
			found, is := node.(string)
			if !is {
				return "", fmt.Errorf("the event has no %s", path[1])
			}
			values["tt.params."+one.Name] = found
		}
	}
	made := l.templates[t.Template.Ref].Spec.ResourceTemplates
	if len(made) != 1 {
		return "", fmt.Errorf("the template %s makes %d objects", t.Template.Ref, len(made))
	}
	text := variable.ReplaceAllStringFunc(string(made[0]), func(found string) string {
		return values[found[2:len(found)-1]]
	})
	return text, nil
}

// revision is what a run is told to build.
func revision(text string) string {
	var run struct {
		Kind string
		Spec struct{ Params []param }
	}
	if json.Unmarshal([]byte(text), &run) == nil && run.Kind == "PipelineRun" {
		for _, one := range run.Spec.Params {
			if found, is := one.Value.(string); is && one.Name == "revision" {
				return found
			}
		}
	}
	return ""
}

func judge(arguments []string) error {
	if len(arguments) < 2 {
		return errors.New("triggers: needs cases and at least one folder")
	}
	text, err := os.ReadFile(arguments[0])
	if err != nil {
		return err
	}
	var all cases
	if err := yaml.UnmarshalStrict(text, &all); err != nil {
		return err
	}
	env, err := environment()
	if err != nil {
		return err
	}
	var listeners []listener
	for _, folder := range arguments[1:] {
		one, err := load(folder)
		if err != nil {
			return err
		}
		listeners = append(listeners, one)
	}
	asked, wrong := 0, 0
	// Which triggers have started something, and which have refused an event of their kind.
	started, refused := map[string]bool{}, map[string]bool{}
	for _, one := range all.Cases {
		event, known := all.Events[one.Event]
		if !known {
			return fmt.Errorf("there is no event %s", one.Event)
		}
		var changed any = event.Body
		for path, value := range one.Set {
			changed = patch.Changed(changed, strings.Split(path, "/"), value)
		}
		body := changed.(map[string]any)
		starts := []string{}
		for _, l := range listeners {
			for _, t := range l.triggers {
				asked++
				passed, err := passes(env, t, one.Event, body, one.Files)
				if err != nil {
					return fmt.Errorf("%s: %w", l.application, err)
				}
				key := l.application + " " + t.Name
				if !passed {
					refused[key] = true
					continue
				}
				started[key] = true
				starts = append(starts, l.application)
				run, err := l.run(t, body)
				if err != nil {
					return fmt.Errorf("%s: %w", l.application, err)
				}
				if revision(run) != event.Revision {
					wrong++
					fmt.Printf("triggers: %s: %s with %v builds %q\n", l.application, one.Event, one.Set, revision(run))
				}
			}
		}
		slices.Sort(one.Starts)
		slices.Sort(starts)
		if !slices.Equal(starts, one.Starts) {
			wrong++
			fmt.Printf("triggers: %s with %v %v starts %v instead of %v\n", one.Event, one.Set, one.Files, starts, one.Starts)
		}
	}
	for _, l := range listeners {
		for _, t := range l.triggers {
			if key := l.application + " " + t.Name; !started[key] || !refused[key] {
				wrong++
				fmt.Printf("triggers: the cases lack an event that %s lets pass, or one that it refuses\n", key)
			}
		}
	}
	fmt.Printf("triggers: %d events, %d answers, %d wrong\n", len(all.Cases), asked, wrong)
	if wrong > 0 {
		return errors.New("triggers: not what the cases say")
	}
	return nil
}

func main() {
	if err := judge(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
