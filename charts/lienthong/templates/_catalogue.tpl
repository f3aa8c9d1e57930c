{{/* The topic catalogue (files/topics.yaml, a copy of deploy/kafka/topics.yaml) as this release has
     it, and what follows from it: units, topics, and who may do what. */}}

{{- define "lienthong.catalogue" -}}
{{- $catalogue := .Files.Get "files/topics.yaml" | fromYaml -}}
{{- if hasKey $catalogue "Error" }}{{ fail (printf "files/topics.yaml: %s" $catalogue.Error) }}{{ end -}}
{{- $_ := set $catalogue "cluster" (dict "replication" (int .Values.kafka.replication) "min_insync_replicas" (int .Values.kafka.minInsyncReplicas)) -}}
{{- with .Values.province.units -}}
{{- $units := . | uniq | sortAlpha -}}
{{- $_ := set $catalogue "units" $units -}}
{{- $systems := list -}}
{{- range $catalogue.systems -}}
{{- $unit := regexReplaceAll "^unit-(.+?)--.*$" .name "${1}" -}}
{{- if or (eq $unit .name) (has $unit $units) -}}
{{- $systems = append $systems . -}}
{{- end -}}
{{- end -}}
{{- $_ := set $catalogue "systems" $systems -}}
{{- end -}}
{{- with .Values.province.systems }}{{ $_ := set $catalogue "systems" . }}{{ end -}}
{{- toYaml $catalogue -}}
{{- end -}}

{{/* The units in code order, and in groups of a replica process each: {groups: [[...], ...]}. */}}
{{- define "lienthong.groups" -}}
{{- $units := (include "lienthong.catalogue" . | fromYaml).units | sortAlpha -}}
{{- if not .Values.replicas.enabled }}{{ $units = list }}{{ end -}}
{{- dict "groups" (ternary list (chunk (int .Values.replicas.unitsMax) $units) (empty $units)) | toYaml -}}
{{- end -}}

{{/* LIENTHONG_REPLICAS: unit=host:port of every copy. */}}
{{- define "lienthong.replicaAddresses" -}}
{{- $list := list -}}
{{- range $index, $group := (include "lienthong.groups" . | fromYaml).groups -}}
{{- range $group -}}
{{- $list = append $list (printf "%s=%s-replica-%d:%d" . (include "lienthong.fullname" $) $index (int $.Values.replicas.port)) -}}
{{- end -}}
{{- end -}}
{{- join "," $list -}}
{{- end -}}

{{/* {topics: [{name, partitions, profile}], feeds: [...], seals: [...], domain: {service: [...]}} */}}
{{- define "lienthong.topics" -}}
{{- $catalogue := include "lienthong.catalogue" . | fromYaml -}}
{{- $topics := list -}}{{- $feeds := list "lienthong.feed.all" -}}{{- $seals := list -}}{{- $domain := dict -}}
{{- range $service, $data := $catalogue.services -}}
{{- $own := list -}}
{{- range $data.records -}}
{{- $name := printf "lienthong.%s.%s.v1" $service .name -}}
{{- $own = append $own $name -}}
{{- $topics = append $topics (dict "name" $name "partitions" (int .partitions) "profile" "domain") -}}
{{- end -}}
{{- $_ := set $domain $service $own -}}
{{- $seals = append $seals (printf "lienthong.%s.seals.v1" $service) -}}
{{- if $data.feed }}{{ $feeds = append $feeds (printf "lienthong.feed.service-%s" $service) }}{{ end -}}
{{- end -}}
{{- range $catalogue.units }}{{ $feeds = append $feeds (printf "lienthong.feed.%s" .) }}{{ end -}}
{{- range $seals }}{{ $topics = append $topics (dict "name" . "partitions" 1 "profile" "seals") }}{{ end -}}
{{- range $feeds }}{{ $topics = append $topics (dict "name" . "partitions" 1 "profile" "feed") }}{{ end -}}
{{- dict "topics" $topics "feeds" $feeds "seals" $seals "domain" $domain | toYaml -}}
{{- end -}}

{{/* ACLs of a system as a KafkaUser has them: its group, seals, and `rules`: {topic: [operation]}.
     Literal names only: a prefix would also open the feeds of the units below. */}}
{{- define "lienthong.acls" -}}
- resource: {type: group, name: {{ .principal }}, patternType: literal}
  operations: [Read]
{{- range $topic, $operations := .rules }}
- resource: {type: topic, name: {{ $topic }}, patternType: literal}
  operations: [{{ join ", " ($operations | uniq | sortAlpha) }}]
{{- end }}
{{- end -}}

{{/* Adds an operation on topics to `rules`. */}}
{{- define "lienthong.allow" -}}
{{- range .topics -}}
{{- $_ := set $.rules . (append (get $.rules . | default list) $.operation) -}}
{{- end -}}
{{- end -}}
