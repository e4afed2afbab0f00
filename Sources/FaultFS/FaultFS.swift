// FaultFS
