print("waybilld")
