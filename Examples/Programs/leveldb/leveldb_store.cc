// A few keys in LevelDB. Usage: leveldb_store sync|lazy make | use | show. The database is $STORE/db. With "sync" each write
// asks for one.
#include <leveldb/db.h>
#include <leveldb/env.h>

#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>

namespace {

// The database's own log has times in it, which would make each run another.
class NoLog : public leveldb::Logger {
 public:
  void Logv(const char *, va_list) override {}
};

void Must(const leveldb::Status &status, const char *what) {
  if (status.ok()) return;
  std::fprintf(stderr, "%s: %s\n", what, status.ToString().c_str());
  std::exit(1);
}

}  // namespace

int main(int count, char **arguments) {
  if (count != 3) return 64;
  const std::string mode = arguments[1], task = arguments[2];
  NoLog log;
  leveldb::Options options;
  options.create_if_missing = task == "make";
  options.info_log = &log;
  leveldb::DB *opened = nullptr;
  Must(leveldb::DB::Open(options, std::string(std::getenv("STORE")) + "/db", &opened), "open");
  std::unique_ptr<leveldb::DB> store(opened);
  if (task == "show") {
    std::unique_ptr<leveldb::Iterator> entries(store->NewIterator(leveldb::ReadOptions()));
    for (entries->SeekToFirst(); entries->Valid(); entries->Next()) {
      std::printf("%s %s\n", entries->key().ToString().c_str(), entries->value().ToString().c_str());
    }
    Must(entries->status(), "read");
    return 0;
  }
  leveldb::WriteOptions writing;
  writing.sync = mode == "sync";
  const int last = task == "make" ? 0 : 3;
  for (int number = task == "make" ? 0 : 1; number <= last; number += 1) {
    const std::string text = std::to_string(number);
    Must(store->Put(writing, "key" + text, "value " + text), "put");
    std::printf("stored %d\n", number);
    std::fflush(stdout);
  }
  return 0;
}
