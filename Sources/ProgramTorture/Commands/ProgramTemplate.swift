import TortureCore

/// The files of a program under torture, as `new` writes them.
struct ProgramTemplate {
  let name: String

  /// Paths within the folder, and what the files hold.
  var files: [(path: String, text: String)] {
    [
      ("store.py", Self.store), ("\(name).yaml", scenario), ("README.md", readme),
      ("scenario.schema.json", ScenarioSchema.text()), (".github/workflows/crash-consistency.yml", workflow),
    ]
  }

  private static let store = #"""
    """A counter that survives power cuts: replaced as a whole, both the file and its directory synced."""
    import os, sys

    path = os.path.join(os.environ["STORE"], "counter")


    def sync_directory():
        directory = os.open(os.environ["STORE"], os.O_RDONLY)
        os.fsync(directory)
        os.close(directory)


    def save(value):
        with open(path + ".new", "w") as file:
            file.write(str(value))
            file.flush()
            os.fsync(file.fileno())
        os.rename(path + ".new", path)
        sync_directory()


    if sys.argv[1] == "setup":
        save(0)
    elif sys.argv[1] == "check":
        print(open(path).read())
    else:
        for value in range(1, 4):
            save(value)
            print(value, flush=True)  # from here on it is promised

    """#

  private var scenario: String {
    """
    # yaml-language-server: $schema=scenario.schema.json
    name: \(name)
    description: A counter in a file, written three times.
    program:
      setup: python3 store.py setup      # what it leaves counts as durable
      workload: python3 store.py use     # prints a line for each thing that it has acknowledged
      check: python3 store.py check      # prints what the store holds
      promise: durable
    crash: {exploration: exhaustive}
    seeds: {count: 1}

    """
  }

  private var readme: String {
    """
    # \(name)

    `lrvm-torture run \(name).yaml` records what `store.py` does, cuts the power at each of its calls, and looks at what its
    check shows on every crash state that the check can tell apart. To see a failure, take `sync_directory()` out of `save`.

    Put your own program in the place of `store.py`: three commands in `\(name).yaml`, in any language.

    """
  }

  private var workflow: String {
    """
    name: crash consistency
    on: [push, pull_request]
    jobs:
      torture:
        runs-on: ubuntu-latest
        steps:
          - uses: actions/checkout@v4
          - run: sudo apt-get update && sudo apt-get install -y libunwind8 libdw1 libsqlite3-0 libfuse3-3 fuse3
          # The tarball that `make release` of lrvm-torture makes, from where you keep it.
          - run: tar -xzf lrvm-torture-*.tar.gz && echo "$PWD"/lrvm-torture-*/bin >>"$GITHUB_PATH"
          - run: lrvm-torture run \(name).yaml
          - uses: actions/upload-artifact@v4
            if: always()
            with: {name: crash-consistency, path: reports/latest}

    """
  }
}
