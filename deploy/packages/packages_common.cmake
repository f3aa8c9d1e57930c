# Packages without a service of ours: what all share, the broker, the operators' command, examples
# for monitoring. Part of packages.cmake.

# lienthong-common
install(FILES ${LIENTHONG_PACKAGING}/env/common.env ${LIENTHONG_SOURCE}/deploy/kafka/topics.yaml
        DESTINATION /etc/lienthong COMPONENT common)
# Keys: root's alone; processes get theirs as credentials.
install(DIRECTORY DESTINATION /etc/lienthong/pki COMPONENT common
        DIRECTORY_PERMISSIONS OWNER_READ OWNER_WRITE OWNER_EXECUTE)
install(DIRECTORY DESTINATION /etc/lienthong/secrets COMPONENT common
        DIRECTORY_PERMISSIONS OWNER_READ OWNER_WRITE OWNER_EXECUTE)
install(PROGRAMS ${LIENTHONG_PACKAGING}/bin/health DESTINATION /usr/lib/lienthong
        COMPONENT common)
install(DIRECTORY ${LIENTHONG_SOURCE}/deploy/provinces DESTINATION /usr/share/lienthong
        COMPONENT common)
install(FILES ${LIENTHONG_PACKAGING}/README.md DESTINATION /usr/share/doc/lienthong-common
        COMPONENT common)
# The settings of PostgreSQL that are not of one place.
file(STRINGS ${LIENTHONG_SOURCE}/deploy/postgres/postgresql.conf lines ENCODING UTF-8)
list(FILTER lines EXCLUDE REGEX
     "^# (PostgreSQL 15 of|tools/stack)|^(listen_addresses|port|unix_socket_[a-z]+) =")
string(JOIN "\n" lines ${lines})
file(WRITE ${packaged}/postgresql.conf "${lines}\n")
install(FILES ${packaged}/postgresql.conf DESTINATION /usr/share/lienthong COMPONENT common)
lienthong_package(common "Lienthong: configuration, topic catalogue and province data" "curl"
                  /etc/lienthong/common.env /etc/lienthong/topics.yaml)

# lienthong-kafka: the settings of tools/run, on the usual port.
file(GLOB jars ${LIENTHONG_KAFKA_JARS}/*.jar)
if(jars)
  set(PORT 9092)
  set(CONTROLLER_PORT 9095)  # 9093 and 9094 are Alertmanager's
  set(DATA /var/lib/lienthong-kafka/data)
  set(KEYSTORE /run/credentials/lienthong-kafka.service/broker.pem)
  set(TRUSTSTORE /run/credentials/lienthong-kafka.service/ca.crt)
  file(READ ${LIENTHONG_SOURCE}/deploy/kafka/server.properties properties)
  string(REGEX REPLACE "^#[^\n]*\n" "# The broker of one machine: KRaft, TLS, ACLs.\n" properties
         "${properties}")
  string(CONFIGURE "${properties}" properties @ONLY)
  file(WRITE ${packaged}/kafka.properties "${properties}")
  install(FILES ${packaged}/kafka.properties ${LIENTHONG_PACKAGING}/kafka/kafka.env
          DESTINATION /etc/lienthong COMPONENT kafka)
  install(FILES ${LIENTHONG_SOURCE}/deploy/kafka/log4j.properties DESTINATION /etc/lienthong
          RENAME kafka-log4j.properties COMPONENT kafka)
  install(FILES ${jars} DESTINATION /usr/share/lienthong-kafka/lib COMPONENT kafka)
  install(PROGRAMS ${LIENTHONG_PACKAGING}/kafka/kafka ${LIENTHONG_PACKAGING}/kafka/kafka-catalogue
          DESTINATION /usr/lib/lienthong COMPONENT kafka)
  foreach(module __init__ settings catalogue kafka_wire)
    install(FILES ${LIENTHONG_SOURCE}/tools/stack/${module}.py
            DESTINATION /usr/share/lienthong-kafka/python/stack COMPONENT kafka)
  endforeach()
  lienthong_daemon(kafka kafka.service "rm -rf /var/lib/lienthong-kafka")
  lienthong_package(kafka "Lienthong: a Kafka broker (KRaft, TLS, ACLs)"
    "lienthong-common, ${sysusers}, openjdk-17-jre-headless, python3, python3-yaml"
    /etc/lienthong/kafka.properties /etc/lienthong/kafka.env
    /etc/lienthong/kafka-log4j.properties)
endif()

# lienthong-ops
if(TARGET lienthong-ops)
  install(TARGETS lienthong-ops RUNTIME DESTINATION /usr/bin COMPONENT ops)
  install(FILES ${LIENTHONG_PACKAGING}/env/ops.env DESTINATION /etc/lienthong COMPONENT ops)
  lienthong_package(ops "Lienthong: the operators' command" lienthong-common
                    /etc/lienthong/ops.env)
endif()

# lienthong-monitoring: what there is of these; Prometheus is told the ports of the packages.
foreach(part grafana prometheus alertmanager runbooks)
  if(EXISTS ${LIENTHONG_SOURCE}/deploy/${part})
    install(DIRECTORY ${LIENTHONG_SOURCE}/deploy/${part} DESTINATION /usr/share/lienthong
            COMPONENT monitoring PATTERN source EXCLUDE PATTERN tests EXCLUDE
            PATTERN node_modules EXCLUDE PATTERN prometheus.yml EXCLUDE)
  endif()
endforeach()
# Dashboards link to these.
install(FILES ${LIENTHONG_SOURCE}/deploy/integrators/README.md
              ${LIENTHONG_SOURCE}/deploy/integrators/README.vi.md
        DESTINATION /usr/share/lienthong/integrators COMPONENT monitoring)
set(port 7200)
foreach(name DIRECTORY REGISTRY DOCUMENT HOTLINE PORTAL)
  math(EXPR port "${port} + 1")
  set(${name} "'127.0.0.1:${port}'")
endforeach()
set(REPLICAS "'127.0.0.1:7210'")
set(NODE_EXPORTER "'127.0.0.1:9100'")
set(PROMETHEUS "'127.0.0.1:9090'")
set(ALERTMANAGER "'127.0.0.1:9093'")
set(RULES /usr/share/lienthong/prometheus/rules/*.yml)
file(READ ${LIENTHONG_SOURCE}/deploy/prometheus/prometheus.yml prometheus)
string(REGEX REPLACE "^(#[^\n]*\n)+" "# Scrapes the processes of one machine; rules.\n"
       prometheus "${prometheus}")
string(CONFIGURE "${prometheus}" prometheus @ONLY)
file(WRITE ${packaged}/prometheus.yml "${prometheus}")
install(FILES ${packaged}/prometheus.yml DESTINATION /usr/share/lienthong/prometheus
        COMPONENT monitoring)
lienthong_package(monitoring "Lienthong: alert rules, dashboards and runbooks, as examples" "")
