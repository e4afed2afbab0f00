// A checker as small as they come: prints a hash of a file. With a number it asks so many times for the file's status,
// which the mount answers each time. Usage: bench-checker FILE [CALLS].
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

int main(int count, char **arguments) {
  static unsigned char buffer[65536];
  if (count < 2) return 64;
  int descriptor = open(arguments[1], O_RDONLY);
  if (descriptor < 0) {
    puts("no file");
    return 0;
  }
  if (count > 2) {
    struct stat status;
    for (long left = atol(arguments[2]); left > 0; left -= 1) {
      if (fstat(descriptor, &status) != 0) return 1;
    }
    return 0;
  }
  uint64_t hash = 1;
  ssize_t got;
  while ((got = read(descriptor, buffer, sizeof buffer)) > 0) {
    for (ssize_t index = 0; index < got; index += 1) hash = (hash ^ buffer[index]) * UINT64_C(0x100000001b3);
  }
  printf("%016llx\n", (unsigned long long)hash);
  return got < 0;
}
