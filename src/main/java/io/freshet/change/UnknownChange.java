package io.freshet.change;

/**
 * Any row of any table may have changed.
 *
 * @param reason why it cannot be told more narrowly, for the log
 */
public record UnknownChange(String reason) implements Change {}
