"""Types of caiso_crr_market_data_v1.2.0_openapi.yaml.

Made by `simulator.api.generate`: change the document, then make them again.
"""
