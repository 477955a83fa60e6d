package io.freshet.change;

/** A part of what one committed transaction did. The cases are records, immutable. */
public sealed interface Change permits RowChange, TableChange, UnknownChange {}
