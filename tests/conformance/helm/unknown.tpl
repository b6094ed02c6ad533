{{- /* The keys of our values that the chart's own values.yaml does not have: Helm passes over them without a word.
A map that is empty there is free for any key, and so is a key that a comment there shows. */ -}}
{{- define "unknown" -}}
  {{- $call := . -}}
  {{- range $key, $value := $call.ours -}}
    {{- if not (hasKey $call.theirs $key) -}}
      {{- if not (regexMatch (printf "(?m)^[ #-]*\"?%s\"?:" (regexQuoteMeta $key)) $call.text) -}}
        {{- printf "%s%s\n" $call.path $key -}}
      {{- end -}}
    {{- else if and (kindIs "map" $value) (kindIs "map" (get $call.theirs $key)) (get $call.theirs $key) -}}
      {{- include "unknown" (dict "ours" $value "theirs" (get $call.theirs $key) "path" (printf "%s%s." $call.path $key) "text" $call.text) -}}
    {{- end -}}
  {{- end -}}
{{- end -}}
{{- $text := .Files.Get "theirs.yaml" -}}
{{- if $text -}}
  {{- $call := dict "ours" (fromYaml (.Files.Get "ours.yaml")) "theirs" (fromYaml $text) "path" "" "text" $text -}}
  {{- range (include "unknown" $call | trim | splitList "\n") -}}
    {{- if . }}
# unknown: {{ . }}
    {{- end -}}
  {{- end -}}
{{- end -}}
