package io.freshet;

import org.jspecify.annotations.Nullable;

/**
 * A setting or a mapping that Freshet cannot work with. Thrown at boot only; the text says what was
 * given, what is allowed and what to do.
 */
public final class FreshetConfigurationException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  public FreshetConfigurationException(String message) {
    super(message);
  }

  public FreshetConfigurationException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
