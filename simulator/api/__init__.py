"""The participant API: ten services over mutual TLS, held to their OpenAPI documents."""
