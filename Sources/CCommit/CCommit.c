#include "CCommit.h"

#ifndef TORTURE_COMMIT
#define TORTURE_COMMIT
#endif
#define QUOTED(text) #text
#define TEXT(macro) QUOTED(macro)

const char *ccommit_text(void) { return TEXT(TORTURE_COMMIT); }
