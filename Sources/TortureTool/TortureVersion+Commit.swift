internal import CCommit
import TortureCampaign

extension TortureVersion {
  /// The version, and in a release the commit that it was built from.
  static var text: String {
    let commit = unsafe String(cString: ccommit_text())
    return commit.isEmpty ? current : "\(current) (commit \(commit))"
  }
}
