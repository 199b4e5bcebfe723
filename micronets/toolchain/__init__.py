"""Host compilers, cross-compilers and emulators behind one small interface."""
