import FaultFS
extension Fault.Kind { func flaw(on profile: Profile) -> String? { nil } }
