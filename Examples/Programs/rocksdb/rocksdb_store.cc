// A few keys in RocksDB. Usage: rocksdb_store sync|lazy make | use | show. The database is $STORE/db. With "sync" each write
// asks for one; with "rotated" as well, and the memtable is flushed after the second, which begins a new log.
#include <rocksdb/db.h>
#include <rocksdb/env.h>

#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>

namespace {

// The database's own log has times in it, which would make each run another.
class NoLog : public rocksdb::Logger {
 public:
  using rocksdb::Logger::Logv;
  void Logv(const char *, va_list) override {}
};

void Must(const rocksdb::Status &status, const char *what) {
  if (status.ok()) return;
  std::fprintf(stderr, "%s: %s\n", what, status.ToString().c_str());
  std::exit(1);
}

}  // namespace

int main(int count, char **arguments) {
  if (count != 3) return 64;
  const std::string mode = arguments[1], task = arguments[2];
  rocksdb::Options options;
  options.create_if_missing = task == "make";
  options.info_log = std::make_shared<NoLog>();
  options.max_background_jobs = 1;
  options.max_file_opening_threads = 1;
  options.write_buffer_size = 1 << 16;
  options.stats_dump_period_sec = 0;
  options.stats_persist_period_sec = 0;
  rocksdb::DB *opened = nullptr;
  Must(rocksdb::DB::Open(options, std::string(std::getenv("STORE")) + "/db", &opened), "open");
  std::unique_ptr<rocksdb::DB> store(opened);
  if (task == "show") {
    std::unique_ptr<rocksdb::Iterator> entries(store->NewIterator(rocksdb::ReadOptions()));
    for (entries->SeekToFirst(); entries->Valid(); entries->Next()) {
      std::printf("%s %s\n", entries->key().ToString().c_str(), entries->value().ToString().c_str());
    }
    Must(entries->status(), "read");
    return 0;
  }
  rocksdb::WriteOptions writing;
  writing.sync = mode != "lazy";
  const int last = task == "make" ? 0 : 3;
  for (int number = task == "make" ? 0 : 1; number <= last; number += 1) {
    const std::string text = std::to_string(number);
    Must(store->Put(writing, "key" + text, "value " + text), "put");
    if (mode == "rotated" && number == 2) Must(store->Flush(rocksdb::FlushOptions()), "flush");
    std::printf("stored %d\n", number);
    std::fflush(stdout);
  }
  return 0;
}
