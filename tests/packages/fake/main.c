/* Stands for every program of the packages: hands its arguments to a script of the test's root. */
#include <stdio.h>
#include <unistd.h>

int main(int argc, char **argv) {
  (void)argc;
  char *const command[] = {"/usr/bin/python3", "-B", "/opt/fake/server.py", argv[0],
                           argv[1], NULL};
  execv(command[0], command);
  perror(command[0]);
  return 1;
}
