namespace Holotree.Activation;

/// <summary>One variable that working in a space needs to be different.</summary>
/// <param name="Name">Letters, digits and underscores.</param>
/// <param name="Value">Its value, in the bytes that the system hands on; null where the variable must not be set.</param>
public sealed record VariableChange(string Name, ReadOnlyMemory<byte>? Value);
