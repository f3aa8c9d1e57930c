{{/* What only the portal reads. What it says of the province: files/province/portal.env (a copy of
     the province's data), each line unless the values have another. */}}
{{- define "lienthong.portalEnv" -}}
{{- $province := dict -}}
{{- range .root.Files.Lines "files/province/portal.env" -}}
{{- if regexMatch "^[A-Z_]+=" . -}}
{{- $_ := set $province (regexFind "^[A-Z_]+" .) (regexReplaceAll "^[A-Z_]+=" . "") -}}
{{- end -}}
{{- end -}}
{{- range $name, $value := .root.Values.province.portal }}{{ $_ := set $province $name $value }}{{ end -}}
{{- range $name, $value := .portal.settings }}{{ $_ := unset $province $name }}{{ end -}}
- {name: LIENTHONG_HTTP_HOST, value: 0.0.0.0}
- {name: LIENTHONG_HTTP_PORT, value: {{ .portal.http.port | quote }}}
- {name: LIENTHONG_HTTP_TLS_CERT, value: /etc/lienthong/http/tls.crt}
- {name: LIENTHONG_HTTP_TLS_KEY, value: /etc/lienthong/http/tls.key}
{{- with .portal.http.proxy }}
- {name: LIENTHONG_HTTP_PROXY, value: {{ . | quote }}}
{{- end }}
- {name: LIENTHONG_ORIGIN, value: {{ .portal.http.origin | quote }}}
- {name: LIENTHONG_WEB_DIR, value: /usr/share/lienthong-portal/web}
- {name: LIENTHONG_REPLICAS, value: {{ include "lienthong.replicaAddresses" .root | quote }}}
{{- range $name, $value := $province }}
- {name: LIENTHONG_{{ $name }}, value: {{ toString $value | quote }}}
{{- end }}
{{- end -}}
