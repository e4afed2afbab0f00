// LRVM
