package web

func settingsRoutes() []route { return nil }
func outboxRoutes() []route   { return nil }
