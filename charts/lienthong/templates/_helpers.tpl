{{/* Names, labels and what several templates have in common. */}}

{{- define "lienthong.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 29 | trimSuffix "-" -}}
{{- end -}}

{{/* At most 29 characters: with a cluster's name 50, the most that CloudNativePG takes. */}}
{{- define "lienthong.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 29 | trimSuffix "-" -}}
{{- else -}}
{{- $name := include "lienthong.name" . -}}
{{- if contains $name .Release.Name -}}
{{- .Release.Name | trunc 29 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name $name | trunc 29 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{/* What selects the pods of this release; with a component those of one. */}}
{{- define "lienthong.selector" -}}
app.kubernetes.io/name: {{ include "lienthong.name" .root }}
app.kubernetes.io/instance: {{ .root.Release.Name }}
{{- with .component }}
app.kubernetes.io/component: {{ . }}
{{- end }}
{{- with .group }}
lienthong/group: {{ . | quote }}
{{- end }}
{{- end -}}

{{- define "lienthong.labels" -}}
{{ include "lienthong.selector" . }}
app.kubernetes.io/part-of: lienthong
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .root.Chart.Name .root.Chart.Version }}
{{- end -}}

{{/* Of resources whose operator hands labels down to pods: those must not look like ours. */}}
{{- define "lienthong.operatorLabels" -}}
app.kubernetes.io/part-of: lienthong
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version }}
{{- end -}}

{{- define "lienthong.image" -}}
{{- printf "%s/%s:%s" .root.Values.image.repository .service (default .root.Chart.AppVersion .root.Values.image.tag) -}}
{{- end -}}

{{- define "lienthong.podSecurity" -}}
runAsNonRoot: true
runAsUser: {{ .Values.user.id }}
runAsGroup: {{ .Values.user.group }}
fsGroup: {{ .Values.user.group }}
fsGroupChangePolicy: OnRootMismatch
seccompProfile: {type: RuntimeDefault}
{{- end -}}

{{- define "lienthong.containerSecurity" -}}
allowPrivilegeEscalation: false
privileged: false
readOnlyRootFilesystem: true
runAsNonRoot: true
runAsUser: {{ .Values.user.id }}
runAsGroup: {{ .Values.user.group }}
capabilities: {drop: [ALL]}
seccompProfile: {type: RuntimeDefault}
{{- end -}}

{{/* Where pods are put: apart from each other, as the values say. */}}
{{- define "lienthong.placing" -}}
affinity:
  podAntiAffinity:
    preferredDuringSchedulingIgnoredDuringExecution:
      - weight: 100
        podAffinityTerm:
          topologyKey: kubernetes.io/hostname
          labelSelector:
            matchLabels: {{- include "lienthong.selector" . | nindent 14 }}
{{- with .root.Values.topologyKeys }}
topologySpreadConstraints:
  {{- range . }}
  - maxSkew: 1
    topologyKey: {{ . }}
    whenUnsatisfiable: ScheduleAnyway
    labelSelector:
      matchLabels: {{- include "lienthong.selector" $ | nindent 8 }}
  {{- end }}
{{- end }}
{{- with .root.Values.nodeSelector }}
nodeSelector: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .root.Values.tolerations }}
tolerations: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .root.Values.priorityClassName }}
priorityClassName: {{ . }}
{{- end }}
{{- end -}}

{{/* What every pod of ours has, whatever runs in it. */}}
{{- define "lienthong.podCommon" -}}
serviceAccountName: {{ include "lienthong.fullname" . }}
automountServiceAccountToken: false
enableServiceLinks: false
securityContext: {{- include "lienthong.podSecurity" . | nindent 2 }}
{{- with .Values.image.pullSecrets }}
imagePullSecrets: {{- toYaml . | nindent 2 }}
{{- end }}
{{- end -}}

{{/* The services that are enabled and own records, by name. */}}
{{- define "lienthong.owners" -}}
{{- $owners := dict -}}
{{- range $name, $service := .Values.services -}}
{{- if and $service.enabled (eq $service.kind "owner") -}}
{{- $_ := set $owners $name $service -}}
{{- end -}}
{{- end -}}
{{- toYaml $owners -}}
{{- end -}}

{{/* LIENTHONG_OWNERS: name=host:port of each owner. */}}
{{- define "lienthong.ownerAddresses" -}}
{{- $list := list -}}
{{- range $name, $service := include "lienthong.owners" . | fromYaml -}}
{{- $list = append $list (printf "%s=%s-%s:%d" $name (include "lienthong.fullname" $) $name (int $service.port)) -}}
{{- end -}}
{{- join "," $list -}}
{{- end -}}

{{- define "lienthong.kafkaBootstrap" -}}
{{- if .Values.kafka.enabled -}}
{{- printf "%s-kafka-kafka-bootstrap:9094" (include "lienthong.fullname" .) -}}
{{- else -}}
{{- required "kafka.bootstrap is needed where kafka.enabled is false" .Values.kafka.bootstrap -}}
{{- end -}}
{{- end -}}

{{- define "lienthong.redisHost" -}}
{{- if .Values.redis.enabled -}}
{{- printf "%s-redis" (include "lienthong.fullname" .) -}}
{{- else -}}
{{- required "redis.host is needed where redis.enabled is false" .Values.redis.host -}}
{{- end -}}
{{- end -}}

{{/* A resource name for a unit, a system or a topic: Kubernetes knows lower case only. */}}
{{- define "lienthong.resourceName" -}}
{{- lower . | replace "_" "-" -}}
{{- end -}}

{{/* Name of the database of a unit's copy, as services/replica makes it of the code. */}}
{{- define "lienthong.unitDatabase" -}}
replica_{{ lower . | replace "." "_" }}
{{- end -}}
