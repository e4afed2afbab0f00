#ifndef CCOMMIT_H
#define CCOMMIT_H

/// The commit that a release was built from, as `Scripts/release.sh` gives it to the compiler; empty in any other build.
const char *_Nonnull ccommit_text(void);

#endif
