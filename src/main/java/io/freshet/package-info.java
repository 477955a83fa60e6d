/**
 * Freshet's public face: the {@link io.freshet.Freshet} handle, its settings, and the catalogue of
 * log messages. Every other package may use this one; it uses none of them.
 */
@NullMarked
package io.freshet;

import org.jspecify.annotations.NullMarked;
