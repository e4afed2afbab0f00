import Testing
import TortureViews

@testable import TextFiles

@Suite struct SafeNameTests {
  @Test(arguments: [
    ("bank-42-17_ab.1", "bank-42-17_ab.1"), ("..", "_."), (".hidden", "_hidden"), ("../x", "_._x"),
    ("", "unnamed"),
    ("a b/c\\d:e", "a_b_c_d_e"), ("\u{0}\n", "__"), ("é", "_"),
  ]) func hostileNamesBecomeHarmless(_ name: String, _ safe: String) {
    #expect(SafeName.make(name) == safe)
    #expect(SafeName.make(safe) == safe)
  }

  @Test func longNamesAreCut() {
    #expect(SafeName.make(String(repeating: "x", count: 5000)).utf8.count == SafeName.lengthMax)
  }

  @Test func terminalsAreNotSteered() {
    #expect(SafeName.printable("a\u{1b}[31mb\u{7}\r\u{9b}é") == "a?[31mb???é")
  }

  @Test(arguments: [
    ("lrvm-torture", "lrvm-torture"), ("./a b", "'./a b'"), ("it's", "'it'\\''s'"), ("", "''"),
    ("$(x)", "'$(x)'"),
  ]) func wordsAreQuoted(_ word: String, _ quoted: String) {
    #expect(ShellWord.quote(word) == quoted)
  }
}
