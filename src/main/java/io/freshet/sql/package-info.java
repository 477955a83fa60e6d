/**
 * What an SQL statement writes, told from its text and parameters: which tables, and where its
 * WHERE pins columns to literals or parameters, which rows. Never less than the truth; precision
 * comes second.
 *
 * <p>The way of the data: {@code Lexer} (text to tokens), {@code StatementReader} (by the verb),
 * {@code WriteScan} (every write a query text can hold, with its target), {@code StructureReader}
 * (JSqlParser's reading of the same tokens), {@code RowReader} (the rows, where both agree and
 * {@code Conjuncts} confirms them), {@code Write} (resolved with parameters to changes).
 */
@NullMarked
package io.freshet.sql;

import org.jspecify.annotations.NullMarked;
