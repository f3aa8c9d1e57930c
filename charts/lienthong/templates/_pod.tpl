{{/* A pod of ours: the process and its gate. Input: root, service (the program), component, group,
     values (of the service), database (values or nil), databaseName, env (YAML list), mounts and
     volumes (YAML lists), init (YAML list), ports (YAML list). */}}

{{- define "lienthong.program" -}}
/usr/lib/lienthong/lienthong-{{ . }}
{{- end -}}

{{/* Settings of the values: a map, and names whose values are in a Secret. */}}
{{- define "lienthong.settings" -}}
{{- range $name, $value := .settings }}
- name: LIENTHONG_{{ $name }}
  value: {{ toString $value | quote }}
{{- end }}
{{- with .secret }}
{{- $secret := required "secret.existingSecret is needed with secret.names" .existingSecret }}
{{- range .names }}
- name: LIENTHONG_{{ . }}
  valueFrom:
    secretKeyRef: {name: {{ $secret }}, key: {{ . }}}
{{- end }}
{{- end }}
{{- end -}}

{{/* What every process reads: its name, where it listens, its certificate, Redis, the owners. */}}
{{- define "lienthong.commonEnv" -}}
- {name: LIENTHONG_HOST, value: 0.0.0.0}
- {name: LIENTHONG_PORT, value: {{ .values.port | quote }}}
- {name: LIENTHONG_METRICS_PORT, value: {{ .values.metrics | quote }}}
- {name: LIENTHONG_TLS_CA, value: /etc/lienthong/ca/ca.crt}
- {name: LIENTHONG_TLS_CERT, value: /etc/lienthong/tls/tls.crt}
- {name: LIENTHONG_TLS_KEY, value: /etc/lienthong/tls/tls.key}
- {name: LIENTHONG_REDIS, value: "127.0.0.1:6379"}
- {name: LIENTHONG_BUSINESS_OFFSET_SECONDS, value: {{ toString (int64 .root.Values.province.businessOffsetSeconds) | quote }}}
{{- if ne .service "directory" }}
- {name: LIENTHONG_OWNERS, value: {{ include "lienthong.ownerAddresses" .root | quote }}}
{{- end }}
{{- end -}}

{{/* What readers of the catalogue and of Kafka have besides. */}}
{{- define "lienthong.kafkaEnv" -}}
- {name: LIENTHONG_SERVICE, value: {{ .service }}}
- {name: LIENTHONG_CATALOGUE, value: /etc/lienthong/catalogue/topics.yaml}
- {name: LIENTHONG_KAFKA_BROKERS, value: {{ include "lienthong.kafkaBootstrap" .root | quote }}}
{{- end -}}

{{/* Alive: the process answers, whatever its neighbours do. Ready: its own health, which knows of the
     database. Started: it listens, that is, its configuration and its schema are in order. */}}
{{- define "lienthong.probes" -}}
startupProbe:
  tcpSocket: {port: grpc}
  periodSeconds: 2
  timeoutSeconds: 2
  failureThreshold: 150
livenessProbe:
  exec:
    command: [curl, --silent, --fail, --noproxy, "*", --max-time, "8", --output, /dev/null, "http://127.0.0.1:{{ .values.metrics }}/metrics"]
  periodSeconds: 20
  timeoutSeconds: 10
  failureThreshold: 3
readinessProbe:
  exec:
    command: [/usr/lib/lienthong/health]
  periodSeconds: 5
  timeoutSeconds: 6
  failureThreshold: 2
{{- end -}}

{{- define "lienthong.gate" -}}
- name: gate
  image: "{{ .root.Values.gate.image.repository }}:{{ .root.Values.gate.image.tag }}"
  imagePullPolicy: {{ .root.Values.gate.image.pullPolicy }}
  command: [haproxy, -db, -f, /etc/haproxy/haproxy.cfg]
  env:
    - {name: METRICS_PORT, value: {{ .values.metrics | quote }}}
  ports:
    - {name: metrics, containerPort: {{ .root.Values.gate.port }}}
  livenessProbe:
    tcpSocket: {port: metrics}
    periodSeconds: 20
    failureThreshold: 3
  resources: {{- toYaml .root.Values.gate.resources | nindent 4 }}
  securityContext: {{- include "lienthong.containerSecurity" .root | nindent 4 }}
  volumeMounts:
    - {name: gate, mountPath: /etc/haproxy, readOnly: true}
    - {name: ca, mountPath: /etc/lienthong/ca, readOnly: true}
    - {name: tls, mountPath: /etc/lienthong/tls, readOnly: true}
{{- end -}}

{{- define "lienthong.podTemplate" -}}
metadata:
  labels: {{- include "lienthong.labels" . | nindent 4 }}
  annotations:
    # Configuration is read once, at the start: a change starts the pods anew.
    lienthong/configuration: {{ printf "%s%s" (include "lienthong.catalogue" .root) (tpl (.root.Files.Get "files/haproxy.cfg") .root) | sha256sum }}
    {{- with .root.Values.podAnnotations }}{{ toYaml . | nindent 4 }}{{ end }}
spec:
  {{- include "lienthong.podCommon" .root | nindent 2 }}
  {{- include "lienthong.placing" . | nindent 2 }}
  terminationGracePeriodSeconds: {{ .root.Values.terminationGracePeriodSeconds }}
  {{- with .init }}
  initContainers: {{- . | nindent 4 }}
  {{- end }}
  containers:
    - name: {{ .service }}
      image: {{ include "lienthong.image" . | quote }}
      imagePullPolicy: {{ .root.Values.image.pullPolicy }}
      command: [{{ include "lienthong.program" .service }}, serve]
      env: {{- .env | nindent 8 }}
      ports:
        - {name: grpc, containerPort: {{ .values.port }}}
        {{- with .ports }}{{ . | nindent 8 }}{{ end }}
      {{- include "lienthong.probes" . | nindent 6 }}
      lifecycle:
        # Until no node sends it new connections any more.
        preStop: {exec: {command: [sleep, "5"]}}
      resources: {{- toYaml .values.resources | nindent 8 }}
      securityContext: {{- include "lienthong.containerSecurity" .root | nindent 8 }}
      volumeMounts:
        - {name: tmp, mountPath: /tmp}
        - {name: ca, mountPath: /etc/lienthong/ca, readOnly: true}
        - {name: tls, mountPath: /etc/lienthong/tls, readOnly: true}
        {{- with .mounts }}{{ . | nindent 8 }}{{ end }}
        {{- with .values.extraVolumeMounts }}{{ toYaml . | nindent 8 }}{{ end }}
    {{- include "lienthong.gate" . | nindent 4 }}
  volumes:
    - {name: tmp, emptyDir: {sizeLimit: 64Mi}}
    - name: gate
      configMap: {name: {{ include "lienthong.fullname" .root }}-gate}
    - name: ca
      secret:
        secretName: {{ .root.Values.certificates.ca.existingSecret }}
        defaultMode: 0440
        items: [{key: {{ .root.Values.certificates.ca.key }}, path: ca.crt}]
    - name: tls
      secret: {secretName: {{ .values.certificate.existingSecret }}, defaultMode: 0440}
    {{- with .volumes }}{{ . | nindent 4 }}{{ end }}
    {{- with .values.extraVolumes }}{{ toYaml . | nindent 4 }}{{ end }}
{{- end -}}
