#define _GNU_SOURCE
#include "CTracer.h"
#include <elf.h>
#include <fcntl.h>
#include <link.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PATH_BYTES_MAX = 4096, HEADERS_MAX = 64 };

// A file that is mapped, from its first mapping to its last.
struct module {
  char path[PATH_BYTES_MAX];
  uintptr_t start, end;
  // Of the first mapping that code is in.
  int has_code;
  uintptr_t code_start, code_offset;
};

// What the loader added to the file's addresses: where the segment that holds the mapping's first byte should be is in the file. A
// file that cannot be read, or is none of a program, is taken to begin at address 0.
static uintptr_t load_bias(const struct module *module) {
  uintptr_t bias = module->code_start - module->code_offset;
  struct stat status;
  // A path may name anything by now: opening a pipe could block.
  if (stat(module->path, &status) != 0 || !S_ISREG(status.st_mode)) return bias;
  int file = open(module->path, O_RDONLY | O_CLOEXEC);
  if (file < 0) return bias;
  ElfW(Ehdr) header;
  ElfW(Phdr) segments[HEADERS_MAX];
  if (pread(file, &header, sizeof header, 0) == sizeof header && memcmp(header.e_ident, ELFMAG, SELFMAG) == 0 &&
      header.e_phentsize == sizeof *segments && header.e_phnum <= HEADERS_MAX) {
    ssize_t length = (ssize_t)(header.e_phnum * sizeof *segments);
    if (pread(file, segments, (size_t)length, (off_t)header.e_phoff) == length) {
      const uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
      for (int index = 0; index < header.e_phnum; index += 1) {
        const ElfW(Phdr) *segment = &segments[index];
        if (segment->p_type != PT_LOAD || (segment->p_flags & PF_X) == 0) continue;
        if (module->code_offset < segment->p_offset / page * page) continue;
        if (module->code_offset >= segment->p_offset + segment->p_filesz) continue;
        bias = module->code_start - (segment->p_vaddr - segment->p_offset + module->code_offset);
        break;
      }
    }
  }
  close(file);
  return bias;
}

static void visit(const struct module *module, ctracer_module_visitor visitor, void *context) {
  if (module->has_code) visitor(context, module->path, load_bias(module), module->start, module->end);
}

void ctracer_visit_modules(int32_t process, ctracer_module_visitor visitor, void *context) {
  char name[64], line[PATH_BYTES_MAX + 256];
  snprintf(name, sizeof name, "/proc/%d/maps", process);
  FILE *maps = fopen(name, "re");
  if (maps == NULL) return;
  struct module module = {0};
  while (fgets(line, sizeof line, maps) != NULL) {
    unsigned long start, end, offset;
    char access[8];
    int place = 0;
    if (sscanf(line, "%lx-%lx %7s %lx %*s %*s %n", &start, &end, access, &offset, &place) != 4 || place == 0) continue;
    char *path = line + place;
    path[strcspn(path, "\n")] = '\0';
    if (path[0] != '/' || strlen(path) >= sizeof module.path) continue;
    if (strcmp(path, module.path) != 0) {
      visit(&module, visitor, context);
      module = (struct module){.start = start};
      strcpy(module.path, path);
    }
    module.end = end;
    if (!module.has_code && strchr(access, 'x') != NULL) {
      module.has_code = 1;
      module.code_start = start;
      module.code_offset = offset;
    }
  }
  visit(&module, visitor, context);
  fclose(maps);
}
