// CallStack
