"""GitHub's own descriptions, cut to what is needed, and the validators that hold the forge and the bot to them."""
