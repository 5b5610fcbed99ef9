"""Ray jobs that turn a taxonomy's leaves into data, a student and measured scores; runs without the bot too."""
