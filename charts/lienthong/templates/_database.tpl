{{/* Where a database is. Input: root, database (values), name (of the database, may be empty). */}}

{{- define "lienthong.databaseHost" -}}
{{- if .database.host -}}
{{- .database.host -}}
{{- else -}}
{{- include "lienthong.databaseCluster" . -}}-rw
{{- end -}}
{{- end -}}

{{/* Name of the CloudNativePG Cluster; the values must have it. */}}
{{- define "lienthong.databaseCluster" -}}
{{- $cluster := .database.cluster -}}
{{- if not (and .root.Values.postgres.enabled (hasKey .root.Values.postgres.clusters $cluster)) -}}
{{- fail (printf "database.cluster %q is none of postgres.clusters; name one, or database.host with existingSecret and caSecret" $cluster) -}}
{{- end -}}
{{- printf "%s-%s" (include "lienthong.fullname" .root) $cluster -}}
{{- end -}}

{{- define "lienthong.databaseSecret" -}}
{{- if .database.host -}}
{{- required "database.existingSecret is needed with database.host" .database.existingSecret -}}
{{- else -}}
{{- default (printf "%s-app" (include "lienthong.databaseCluster" .)) .database.existingSecret -}}
{{- end -}}
{{- end -}}

{{- define "lienthong.databaseCa" -}}
{{- if .database.host -}}
{{- required "database.caSecret is needed with database.host" .database.caSecret -}}
{{- else -}}
{{- default (printf "%s-ca" (include "lienthong.databaseCluster" .)) .database.caSecret -}}
{{- end -}}
{{- end -}}

{{/* libpq's connection string: straight to the primary, TLS with the server's name checked. The
     password is in PGPASSWORD. */}}
{{- define "lienthong.databaseEnv" -}}
- name: LIENTHONG_DATABASE
  value: {{ printf "host=%s port=%d user=%s sslmode=verify-full sslrootcert=/etc/lienthong/postgres/ca.crt%s"
            (include "lienthong.databaseHost" .) (int (default 5432 .database.port))
            (default "lienthong" .database.user)
            (ternary (printf " dbname=%s" .name) "" (ne .name "")) | quote }}
- name: PGPASSWORD
  valueFrom:
    secretKeyRef: {name: {{ include "lienthong.databaseSecret" . }}, key: password}
{{- end -}}

{{- define "lienthong.databaseVolume" -}}
- name: postgres-ca
  secret:
    secretName: {{ include "lienthong.databaseCa" . }}
    defaultMode: 0440
    items: [{key: ca.crt, path: ca.crt}]
{{- end -}}

{{- define "lienthong.databaseMount" -}}
- {name: postgres-ca, mountPath: /etc/lienthong/postgres, readOnly: true}
{{- end -}}
