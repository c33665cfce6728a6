package web
func callRoutes() []route { return nil }
func sparkRoutes() []route { return nil }
func ownRoutes() []route { return nil }
func settingsRoutes() []route { return nil }
func outboxRoutes() []route { return nil }
